// Command vmtest runs a test binary in a virtual machine whose kernel has IPVS:
//
//	go build -o vmtest ./cmd/vmtest
//	./vmtest -prepare                                 # once: fetch the kernel
//	go test -exec "$PWD/vmtest" ./enforcer/kernel
//
// It boots the kernel of Debian's cloud image under qemu with software emulation, which needs neither root nor
// hardware support, from an initramfs that it builds on the fly. vmtest itself is the guest's init. The guest sees
// the module's files and the test binary at the paths they have on the host, so a test does not know where it runs.
// What the test prints arrives byte for byte, its exit code is vmtest's, and what -test.coverprofile and its
// like write is copied back; nothing else that the guest writes survives it.
//
// The machine is described by a file in testdata/vm. The environment says what differs between runs:
//
//	HA_VM_CACHE    folder that keeps the kernel; default: ha-vm in the user's cache folder
//	HA_VM_MACHINE  name of the file in testdata/vm that describes the machine; default: machine
//	HA_VM_FILES    programs, files and folders to bring along, separated by commas: /usr/sbin/ipvsadm, or
//	               /tmp/ha:/usr/bin/ha to place it elsewhere. Shared libraries come with their programs.
//	HA_VM_VERBOSE  anything: show the guest's console on stderr
//
// The guest's environment has HA_HAVE with what the machine file promises and the name of every program in
// HA_VM_FILES; every other HA_ variable and those of the Go runtime are handed on.
//
// Exit code: that of the test; 128 and the signal's number when a signal ended it; 125 when the machine failed, with the
// reason and the end of its console on stderr.
package main
