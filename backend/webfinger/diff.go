package webfinger

import "strings"

// DiffLine is a line of two texts laid side by side: "+" for one that is new, "-" for one that goes, "" for one that stays.
type DiffLine struct{ Sign, Text string }

// Diff lays two texts side by side, by their longest common lines. It takes the product of their lengths in time and memory, and is for documents.
func Diff(from, to string) []DiffLine {
	x, y := lines(from), lines(to)
	common := make([][]int, len(x)+1) // the length of the longest common part of x[i:] and y[j:]
	for i := range common {
		common[i] = make([]int, len(y)+1)
	}
	for i := len(x) - 1; i >= 0; i-- {
		for j := len(y) - 1; j >= 0; j-- {
			if x[i] == y[j] {
				common[i][j] = common[i+1][j+1] + 1
			} else {
				common[i][j] = max(common[i+1][j], common[i][j+1])
			}
		}
	}
	out := []DiffLine{}
	i, j := 0, 0
	for i < len(x) || j < len(y) {
		switch {
		case i < len(x) && j < len(y) && x[i] == y[j]:
			out = append(out, DiffLine{"", x[i]})
			i, j = i+1, j+1
		case i < len(x) && (j == len(y) || common[i+1][j] >= common[i][j+1]):
			out = append(out, DiffLine{"-", x[i]})
			i++
		default:
			out = append(out, DiffLine{"+", y[j]})
			j++
		}
	}
	return out
}

func lines(text string) []string {
	text = strings.TrimSuffix(text, "\n")
	if text == "" {
		return nil
	}
	return strings.Split(text, "\n")
}
