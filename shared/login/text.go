package login

import "strings"

// Text is what an SMS says besides its code.
type Text struct {
	Domain      string // binds the code to a domain on iOS; empty: none
	AndroidHash string // by which Android's SMS retriever finds the app; empty: none
}

// says names what a code is for, in the words of who gets it.
var says = map[string]map[string]string{
	"zh": {
		PurposeLogin: "登录", PurposeWithdraw: "撤回注销", PurposeCancel: "注销账号",
		PurposeExport: "导出数据", PurposeChange: "更换手机号", PurposeClaim: "绑定手机号",
	},
	"en": {
		PurposeLogin: "log in", PurposeWithdraw: "keep your account", PurposeCancel: "cancel your account",
		PurposeExport: "export your data", PurposeChange: "change your number", PurposeClaim: "confirm your number",
	},
}

// write is the SMS: one segment of 70 characters in Chinese, of 160 in
// English. On iOS the last line binds the code to the domain.
func (t Text) write(code, purpose, language string) string {
	lines := []string{"验证码" + code + "，用于" + says["zh"][purpose] + "，5分钟内有效，勿告诉他人"}
	if language == "en" {
		lines[0] = code + " is your code to " + says["en"][purpose] + ". It works for 5 minutes. Tell it to nobody."
	}
	if t.AndroidHash != "" {
		lines = append(lines, t.AndroidHash)
	}
	if t.Domain != "" {
		lines = append(lines, "@"+t.Domain+" #"+code)
	}
	return strings.Join(lines, "\n")
}
