package account

import "regexp"

// versionName is what a version may be called: it stands in addresses and keys.
var versionName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$`)

// VersionName reports whether a text can be the name of a version.
func VersionName(name string) bool {
	return versionName.MatchString(name) && name != "current" && name != "next"
}
