package login

import (
	"fmt"
	"strings"
	"unicode/utf16"
)

// Text is what an SMS says besides its code.
type Text struct {
	Domain      string // binds the code to a domain on iOS; empty: none
	AndroidHash string // by which Android's SMS retriever finds the app; empty: none
}

// texts are the words of an SMS by language and purpose; {code} is the code.
// Chinese ones are sent as UCS-2, English ones in the alphabet of GSM 03.38.
var texts = map[string]map[string]string{
	"zh": {
		PurposeLogin:    "验证码{code}，用于登录，5分钟内有效，勿告诉他人",
		PurposeWithdraw: "验证码{code}，用于撤回注销，5分钟内有效，勿告诉他人",
		PurposeCancel:   "验证码{code}，用于注销账号，5分钟内有效，勿告诉他人",
		PurposeExport:   "验证码{code}，用于导出数据，5分钟内有效，勿告诉他人",
		PurposeChange:   "验证码{code}，用于更换手机号，5分钟内有效，勿告诉他人",
		PurposeClaim:    "验证码{code}，用于绑定手机号，5分钟内有效，勿告诉他人",
	},
	"en": {
		PurposeLogin:    "{code} is your code to log in. It works for 5 minutes. Tell it to nobody.",
		PurposeWithdraw: "{code} is your code to keep your account. It works for 5 minutes. Tell it to nobody.",
		PurposeCancel:   "{code} is your code to cancel your account. It works for 5 minutes. Tell it to nobody.",
		PurposeExport:   "{code} is your code to export your data. It works for 5 minutes. Tell it to nobody.",
		PurposeChange:   "{code} is your code to change your number. It works for 5 minutes. Tell it to nobody.",
		PurposeClaim:    "{code} is your code to confirm your number. It works for 5 minutes. Tell it to nobody.",
	},
}

// segment is how many units one SMS holds: UCS-2 characters, or characters of
// GSM 03.38 (3GPP TS 23.038).
var segment = map[string]int{"zh": 70, "en": 160}

// write is the text of an SMS. Android's retriever finds its hash on any line
// but the first; on iOS the last line binds the code to the domain.
func (t Text) write(code, purpose, language string) string {
	words, ok := texts[language]
	if !ok {
		words = texts["zh"]
	}
	lines := []string{strings.ReplaceAll(words[purpose], "{code}", code)}
	if t.AndroidHash != "" {
		lines = append(lines, t.AndroidHash)
	}
	if t.Domain != "" {
		lines = append(lines, "@"+t.Domain+" #"+code)
	}
	return strings.Join(lines, "\n")
}

// Check tells of a domain or hash that makes an SMS longer than one segment:
// each of its parts would cost as much as a whole one.
func (t Text) Check() error {
	for language, words := range texts {
		for purpose := range words {
			if n := len(utf16.Encode([]rune(t.write("000000", purpose, language)))); n > segment[language] {
				return fmt.Errorf("with the Android hash it is too long: the %s SMS has %d characters, and %d are one segment",
					language, n, segment[language])
			}
		}
	}
	return nil
}

// sms is the message with a ticket's code.
func (t Text) sms(of Ticket, code, language string) SMS {
	return SMS{
		ID: of.Nonce, To: of.Phone, Text: t.write(code, of.Purpose, language),
		Code: code, Purpose: of.Purpose, Language: language,
	}
}
