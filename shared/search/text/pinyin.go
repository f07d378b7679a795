package text

import "strings"

// syllables are those of Mandarin in pinyin without tones, ü written v as
// keyboards have it (ISO 7098).
const syllables = `a ai an ang ao ba bai ban bang bao bei ben beng bi bian biao bie bin bing bo bu
ca cai can cang cao ce cen ceng cha chai chan chang chao che chen cheng chi chong chou chu chua chuai chuan
chuang chui chun chuo ci cong cou cu cuan cui cun cuo da dai dan dang dao de dei den deng di dian diao die ding
diu dong dou du duan dui dun duo e ei en eng er fa fan fang fei fen feng fo fou fu ga gai gan gang gao ge gei
gen geng gong gou gu gua guai guan guang gui gun guo ha hai han hang hao he hei hen heng hong hou hu hua huai
huan huang hui hun huo ji jia jian jiang jiao jie jin jing jiong jiu ju juan jue jun ka kai kan kang kao ke kei
ken keng kong kou ku kua kuai kuan kuang kui kun kuo la lai lan lang lao le lei leng li lia lian liang liao lie
lin ling liu lo long lou lu luan lun luo lv lve ma mai man mang mao me mei men meng mi mian miao mie min ming
miu mo mou mu na nai nan nang nao ne nei nen neng ni nian niang niao nie nin ning niu nong nou nu nuan nun nuo
nv nve o ou pa pai pan pang pao pei pen peng pi pian piao pie pin ping po pou pu qi qia qian qiang qiao qie qin
qing qiong qiu qu quan que qun ran rang rao re ren reng ri rong rou ru rua ruan rui run ruo sa sai san sang sao
se sen seng sha shai shan shang shao she shei shen sheng shi shou shu shua shuai shuan shuang shui shun shuo si
song sou su suan sui sun suo ta tai tan tang tao te teng ti tian tiao tie ting tong tou tu tuan tui tun tuo wa
wai wan wang wei wen weng wo wu xi xia xian xiang xiao xie xin xing xiong xiu xu xuan xue xun ya yan yang yao ye
yi yin ying yo yong you yu yuan yue yun za zai zan zang zao ze zei zen zeng zha zhai zhan zhang zhao zhe zhen
zheng zhi zhong zhou zhu zhua zhuai zhuan zhuang zhui zhun zhuo zi zong zou zu zuan zui zun zuo`

// longestSyllable is zhuang's length.
const longestSyllable = 6

// Pinyin knows the syllables.
type Pinyin struct {
	whole map[string]bool
	begun map[string]bool // what a syllable begins with
}

// NewPinyin returns the syllables of Mandarin.
func NewPinyin() *Pinyin {
	p := &Pinyin{whole: make(map[string]bool, 512), begun: make(map[string]bool, 1024)}
	for _, s := range strings.Fields(syllables) {
		p.whole[s] = true
		for n := 1; n < len(s); n++ {
			p.begun[s[:n]] = true
		}
	}
	return p
}

// Syllable tells whether the word is one whole syllable.
func (p *Pinyin) Syllable(word []byte) bool { return p.whole[string(word)] }

// maxSpelt is how many letters of pinyin are read as one word.
const maxSpelt = 48

// Split cuts a word into syllables, long ones first, and appends where each
// ends: hongbaoshi at 4, 7 and 10. The last may be only begun (begun is true
// then): hongbaosh. It returns no cut for what is no pinyin.
func (p *Pinyin) Split(word []byte, cuts []uint8) (_ []uint8, begun bool) {
	if len(word) == 0 || len(word) > maxSpelt {
		return nil, false
	}
	for _, open := range [2]bool{false, true} {
		// long[i] is how long the syllable at i is of a reading up to the end; 0:
		// there is none from here.
		var long [maxSpelt + 1]uint8
		for i := len(word) - 1; i >= 0; i-- {
			for n := min(longestSyllable, len(word)-i); n > 0 && long[i] == 0; n-- {
				end := i + n
				switch {
				case p.whole[string(word[i:end])] && (end == len(word) || long[end] > 0),
					open && end == len(word) && p.begun[string(word[i:end])]:
					long[i] = uint8(n)
				}
			}
		}
		if long[0] == 0 {
			continue
		}
		for i := 0; i < len(word); {
			i += int(long[i])
			cuts = append(cuts, uint8(i))
		}
		return cuts, open
	}
	return nil, false
}

// Readings tells how Chinese characters are read.
type Readings interface {
	// Reading returns the syllable of a character, or "" when it is not known.
	Reading(r rune) string
}

// PinyinTokens calls back with how the Chinese of a text sounds: each pair of
// neighbouring syllables with a space between, and the initials of two to four
// neighbours of which the first begins a word: nobody types those of 石戒 in
// 钻石戒指. What is given is overwritten by the next call.
func (l *Lexicon) PinyinTokens(r *Reader, readings Readings, s string, pair, initials func([]byte)) {
	var buffer [2*longestSyllable + 8]byte
	for _, run := range r.Read(s) {
		if !run.Han {
			continue
		}
		next := 0 // where the next word begins
		for i := range run.Len() {
			begins := i == next
			if n := l.Longest(run, i); n > 0 && i >= next {
				begins, next = true, i+n
			}
			first := readings.Reading(run.Rune(i))
			if first == "" {
				continue
			}
			if begins {
				startingAt(run, i, readings, append(buffer[:0], first[0]), initials)
			}
			if i+1 == run.Len() {
				break
			}
			if second := readings.Reading(run.Rune(i + 1)); second != "" {
				pair(append(append(append(buffer[:0], first...), ' '), second...))
			}
		}
	}
}

// startingAt calls back with the initials of two to four characters from the
// i-th on.
func startingAt(run Run, i int, readings Readings, letters []byte, initials func([]byte)) {
	for j := i + 1; j < run.Len() && len(letters) < 4; j++ {
		next := readings.Reading(run.Rune(j))
		if next == "" {
			return
		}
		letters = append(letters, next[0])
		initials(letters)
	}
}
