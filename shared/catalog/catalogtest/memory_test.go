package catalogtest_test

import (
	"testing"

	"jewelrydisplay.app/shared/catalog/catalogtest"
)

func TestMemoryKeepsTheContract(t *testing.T) {
	catalogtest.Contract(t, func(*testing.T) catalogtest.Stores { return catalogtest.NewMemory() })
}
