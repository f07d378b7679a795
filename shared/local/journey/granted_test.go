package journey

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/rogpeppe/go-internal/testscript"

	"jewelrydisplay.app/shared/local/iam"
)

// granted compares what the functions called so far with what template.yaml
// lets them: on AWS a call that no policy grants is refused. What is granted
// and was not used is only listed.
func (s *state) granted(ts *testscript.TestScript, _ []string) error {
	answer, err := http.Get(s.control + "/iam")
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	var report iam.Report
	if err := json.NewDecoder(answer.Body).Decode(&report); err != nil {
		return err
	}
	for _, grant := range report.Unused {
		ts.Logf("not used: %s %s on %s", grant.Function, grant.Action, grant.Resource)
	}
	if len(report.Ungranted) > 0 {
		return fmt.Errorf("template.yaml grants none of %v", report.Ungranted)
	}
	return nil
}
