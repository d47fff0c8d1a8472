package checks

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"sync"
	"syscall"
	"time"
)

// TLSConfig says how a check speaks TLS. The files are read on the node when a probe needs them, and again when they have
// changed: one that is missing fails the probe, not the configuration.
type TLSConfig struct {
	TLS         bool   `json:"tls"`
	SkipVerify  bool   `json:"skip_verify"`           // do not verify the certificate
	ServerName  string `json:"server_name,omitempty"` // asked for (SNI) and verified; empty: what the kind of check says
	MinVersion  string `json:"tls_min,omitempty"`     // 1.0, 1.1, 1.2, 1.3; empty: 1.2
	CA          string `json:"ca,omitempty"`          // path of the authorities, PEM; empty: those of the system
	Certificate string `json:"certificate,omitempty"` // path of our certificate, PEM with its chain; needs Key
	Key         string `json:"key,omitempty"`         // path of its key, PEM
}

// versions of TLS by their words. They are only read.
var tlsVersions = map[string]uint16{"": tls.VersionTLS12, "1.0": tls.VersionTLS10, "1.1": tls.VersionTLS11, "1.2": tls.VersionTLS12, "1.3": tls.VersionTLS13}

// wrong says what does not fit together; nil when all does.
func (c TLSConfig) wrong() error {
	_, known := tlsVersions[c.MinVersion]
	files := c.CA + c.Certificate + c.Key
	return errors.Join(
		unless(c.TLS || !c.SkipVerify, "skip_verify needs tls"),
		unless(c.TLS || c.ServerName == "" && c.MinVersion == "" && files == "", "server_name, tls_min, ca, certificate and key need tls"),
		unless(c.CA == "" || !c.SkipVerify, "ca has no meaning with skip_verify"),
		unless((c.Certificate == "") == (c.Key == ""), "certificate and key belong together"),
		unless(known, "tls_min %q is not one of 1.0, 1.1, 1.2, 1.3", c.MinVersion),
	)
}

// secured is the client's side of TLS for one check.
type secured struct {
	config TLSConfig
	name   string   // asked for unless it is an address, and verified
	protos []string // offered by ALPN, if any

	mu    sync.Mutex
	files []stamp // those that made is of
	made  *tls.Config
}

// hostName is what a certificate must say where nothing else is configured: the address.
func (c Config) hostName() string { return c.Target.Addr().Unmap().WithZone("").String() }

// stamp tells whether a file is still the one that was read.
type stamp struct {
	inode, device uint64
	size          int64
	changed       time.Time
}

func stampOf(path string) (stamp, error) {
	if path == "" {
		return stamp{}, nil
	}
	info, err := os.Stat(path)
	if err != nil {
		return stamp{}, err
	}
	s := stamp{size: info.Size(), changed: info.ModTime()}
	if sys, ok := info.Sys().(*syscall.Stat_t); ok {
		s.inode, s.device = sys.Ino, sys.Dev
	}
	return s, nil
}

// newSecured returns the client's side of TLS; name is what the kind of check asks for unless the config says otherwise.
func newSecured(c TLSConfig, name string, protos ...string) *secured {
	if c.ServerName != "" {
		name = c.ServerName
	}
	return &secured{config: c, name: name, protos: protos}
}

// client returns the configuration, anew when one of its files has changed.
func (s *secured) client() (*tls.Config, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	files := make([]stamp, 0, 3)
	for _, path := range []string{s.config.CA, s.config.Certificate, s.config.Key} {
		file, err := stampOf(path)
		if err != nil {
			return nil, fmt.Errorf("TLS: %s: %w", path, inWords(bare(err)))
		}
		files = append(files, file)
	}
	if s.made != nil && slices.Equal(files, s.files) {
		return s.made, nil
	}
	made, err := s.make()
	if err != nil {
		return nil, fmt.Errorf("TLS: %w", err)
	}
	s.made, s.files = made, files
	return made, nil
}

func (s *secured) make() (*tls.Config, error) {
	c := &tls.Config{
		ServerName: s.name, InsecureSkipVerify: s.config.SkipVerify, MinVersion: tlsVersions[s.config.MinVersion], NextProtos: s.protos,
	}
	if c.MinVersion < tls.VersionTLS12 { // servers that old know none of today's ciphers
		for _, suite := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
			c.CipherSuites = append(c.CipherSuites, suite.ID)
		}
	}
	if s.config.CA != "" {
		pem, err := os.ReadFile(s.config.CA)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s.config.CA, inWords(bare(err)))
		}
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("%s holds no certificate in PEM", s.config.CA)
		}
	}
	if s.config.Certificate != "" {
		pair, err := tls.LoadX509KeyPair(s.config.Certificate, s.config.Key)
		if err != nil {
			return nil, fmt.Errorf("%s with %s: %w", s.config.Certificate, s.config.Key, inWords(bare(err)))
		}
		c.Certificates = []tls.Certificate{pair}
	}
	return c, nil
}

// over shakes hands on a connection, and closes it when that fails.
func (s *secured) over(ctx context.Context, conn net.Conn) (*tls.Conn, error) {
	config, err := s.client()
	if err != nil {
		conn.Close()
		return nil, err
	}
	secure := tls.Client(conn, config)
	if err := secure.HandshakeContext(ctx); err != nil {
		conn.Close()
		return nil, fmt.Errorf("TLS handshake: %w", inWords(err))
	}
	return secure, nil
}
