// Package account knows what a person's account is apart from logging in: the
// profile (C12, C17, C70–C73), the versions of the privacy policy and who
// accepted which (C01, C96–C99), the consents (C10, C71, C77, C78), and the
// copy of everything that is held about a person.
package account
