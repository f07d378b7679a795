package text

// Longest is how many letters the longest word has whose misspellings are
// looked for.
const Longest = 24

// Edits counts how many letters must be changed, left out, put in or swapped
// with their neighbour to make a into b (optimal string alignment); more than
// limit is limit+1. Both are bytes of a to z, at most Longest of them.
func Edits(a, b []byte, limit int) int {
	if len(a) > Longest || len(b) > Longest || len(a)-len(b) > limit || len(b)-len(a) > limit {
		return limit + 1
	}
	var rows [3][Longest + 1]int
	before, last, row := &rows[0], &rows[1], &rows[2]
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		least := i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
			least = min(least, row[j])
		}
		if least > limit {
			return limit + 1
		}
		before, last, row = last, row, before
	}
	return min(last[len(b)], limit+1)
}

// Forgiven returns how many edits a word of n letters is forgiven: none below
// four, one from four, two from eight.
func Forgiven(n int) int {
	switch {
	case n < 4 || n > Longest:
		return 0
	case n < 8:
		return 1
	default:
		return 2
	}
}

// Spelt tells whether a word is one whose misspellings are looked for: of the
// letters a to z alone. Words with digits are not guessed at: 14K is no misspelt
// 18K.
func Spelt(w []byte) bool {
	if len(w) < 3 || len(w) > Longest {
		return false
	}
	for _, c := range w {
		if c < 'a' || c > 'z' {
			return false
		}
	}
	return true
}
