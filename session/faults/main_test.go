package faults_test

import (
	"testing"

	"riffle/session/sessiontest"
)

func TestMain(m *testing.M) { sessiontest.Main(m) }
