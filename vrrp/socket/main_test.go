package socket

import (
	"flag"
	"fmt"
	"os"
	"testing"
)

// TestMain lets more tests run at once than there are processors: those with live peers wait most of their time. A
// -parallel on the command line wins.
func TestMain(m *testing.M) {
	if err := flag.Set("test.parallel", "9"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	os.Exit(m.Run())
}
