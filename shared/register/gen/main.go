// Command gen writes what is generated from the code's declarations: the table
// of clauses and the OpenAPI document. It is run in shared/register.
package main

import (
	"log"
	"os"

	"jewelrydisplay.app/shared/contract"
	"jewelrydisplay.app/shared/register"
)

func main() {
	table, err := register.Table(register.Records(), os.DirFS("../.."))
	if err != nil {
		log.Fatal(err)
	}
	document, err := contract.Document()
	if err != nil {
		log.Fatal(err)
	}
	for path, content := range map[string][]byte{
		"CLAUSES.md":               []byte(register.Markdown(table, register.Records())),
		"../contract/openapi.json": document,
	} {
		if err := os.WriteFile(path, content, 0o644); err != nil {
			log.Fatal(err)
		}
	}
}
