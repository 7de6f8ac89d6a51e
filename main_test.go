package servicenow_test

import (
	"testing"

	"go.uber.org/goleak"
)

// Nothing here keeps a goroutine once its test is over: neither a client, nor a connector, nor the instance.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
