package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

// kernelPackage is the Debian package that depends on the newest kernel for virtual machines.
const kernelPackage = "linux-image-cloud-amd64"

// kernel is an unpacked kernel package.
type kernel struct {
	Image   string // boot/vmlinuz-VERSION
	Modules string // lib/modules/VERSION
	Version string
}

// cacheDir is the folder that keeps the kernel.
func cacheDir() (string, error) {
	if dir := os.Getenv("HA_VM_CACHE"); dir != "" {
		return filepath.Abs(dir)
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("no folder to keep the kernel in: %w; set HA_VM_CACHE", err)
	}
	return filepath.Join(dir, "ha-vm"), nil
}

// findKernel returns the kernel that prepare fetched.
func findKernel() (kernel, error) {
	dir, err := cacheDir()
	if err != nil {
		return kernel{}, err
	}
	k, err := kernelIn(filepath.Join(dir, kernelPackage))
	if err != nil {
		return kernel{}, fmt.Errorf("no kernel to boot: %w; fetch one with: go run ./cmd/vmtest -prepare", err)
	}
	return k, nil
}

// kernelIn returns the kernel unpacked in a folder.
func kernelIn(dir string) (kernel, error) {
	images, _ := filepath.Glob(filepath.Join(dir, "boot", "vmlinuz-*")) // the pattern is well-formed
	if len(images) != 1 {
		return kernel{}, fmt.Errorf("%d files match %s/boot/vmlinuz-*, want one", len(images), dir)
	}
	version := strings.TrimPrefix(filepath.Base(images[0]), "vmlinuz-")
	modules := filepath.Join(dir, "lib", "modules", version)
	if _, err := os.Stat(modules); err != nil {
		return kernel{}, err
	}
	return kernel{Image: images[0], Modules: modules, Version: version}, nil
}

// prepare fetches and unpacks the kernel unless it is there, and returns the path of its image. It changes nothing outside
// the cache folder; two that run at once do no harm.
func prepare(ctx context.Context) (string, error) {
	if k, err := findKernel(); err == nil {
		return k.Image, nil
	}
	dir, err := cacheDir()
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	temp, err := os.MkdirTemp(dir, "prepare-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(temp) //nolint:errcheck // the next run does not mind

	if err := unpackKernel(ctx, temp); err != nil {
		return "", fmt.Errorf("fetching the kernel: %w", err)
	}
	final := filepath.Join(dir, kernelPackage)
	if err := os.RemoveAll(final); err != nil { // incomplete, or it would have been found
		return "", err
	}
	if err := os.Rename(filepath.Join(temp, "root"), final); err != nil && !errors.Is(err, os.ErrExist) {
		return "", err
	}
	k, err := findKernel()
	return k.Image, err
}

// unpackKernel downloads the package and unpacks it to dir/root.
func unpackKernel(ctx context.Context, dir string) error {
	depends, err := output(ctx, dir, "apt-cache", "depends", kernelPackage)
	if err != nil {
		return err
	}
	name := regexp.MustCompile(`linux-image-\d[\w.+-]*-cloud-amd64`).FindString(depends)
	if name == "" {
		return fmt.Errorf("package %s is unknown here or depends on no kernel (run apt-get update?): %q", kernelPackage, depends)
	}
	if _, err := output(ctx, dir, "apt-get", "download", name); err != nil {
		return err
	}
	debs, _ := filepath.Glob(filepath.Join(dir, "*.deb")) // the pattern is well-formed
	if len(debs) != 1 {
		return fmt.Errorf("apt-get download %s left %d packages, want one", name, len(debs))
	}
	_, err = output(ctx, dir, "dpkg-deb", "-x", debs[0], "root")
	return err
}

// output runs a program in dir and returns what it printed; its complaints are part of the error.
func output(ctx context.Context, dir, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	out, err := cmd.Output()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return "", fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, strings.TrimSpace(string(exit.Stderr)))
	}
	if err != nil {
		return "", fmt.Errorf("%s (part of Debian's apt and dpkg): %w", name, err)
	}
	return string(out), nil
}
