package main

// Paths in the guest that host and guest agree on.
const (
	initPath = "/init"
	taskPath = "/vmtest.json"
)

// The guest's ends of the virtio ports, in the order in which the host makes them.
const (
	portStdout  = "stdout"  // what the test prints
	portStderr  = "stderr"  // and on the other stream
	portControl = "control" // report lines
	portFiles   = "files"   // a tar stream of what the test wrote for the host
)

// task is what the guest's init has to do.
type task struct {
	Modules []string `json:"modules"` // files to load, in order
	Sysctls []string `json:"sysctls"` // NAME=VALUE
	Program string   `json:"program"`
	Args    []string `json:"args"`
	Env     []string `json:"env"`
	Dir     string   `json:"dir"`     // working directory
	Collect []string `json:"collect"` // files and folders to send back
}

// report is one line of JSON from the guest on its control port.
type report struct {
	Up     bool   `json:"up,omitempty"`     // the guest is set up, the test starts
	Exited bool   `json:"exited,omitempty"` // the test ended with Code
	Code   int    `json:"code,omitempty"`
	Err    string `json:"err,omitempty"` // the guest failed
}
