package decode

import "ha/hcl/schema"

// HTTP is what only checks "http" have. Where there are Pages, its own path is not asked for.
type HTTP struct {
	Page
	Pages     []Page
	Method    Arg[string]
	Version   Arg[string]
	Headers   map[string]Arg[string]
	Redirects Arg[int64]
	FastClose Arg[bool]
}

// Page is a `page` block, or the page of a check that has none.
type Page struct {
	Path     Arg[string]
	Host     Arg[string]
	Status   []Arg[schema.StatusRange]
	Contains Arg[string]
	Matches  Arg[string]
	Excludes Arg[string]
	MD5      Arg[string]
	SHA256   Arg[string]
}

// TLS is how a check speaks TLS; the zero value for kinds that do not.
type TLS struct {
	TLS         Arg[bool]
	SkipVerify  Arg[bool]
	ServerName  Arg[string]
	MinVersion  Arg[string]
	CA          Arg[string]
	Certificate Arg[string]
	Key         Arg[string]
}

func bindHTTP(o *Object) HTTP {
	h := HTTP{
		Page: bindPage(o), Method: get[string](o, "method"), Version: get[string](o, "version"), Headers: texts(o, "headers"),
		Redirects: get[int64](o, "redirects"), FastClose: get[bool](o, "fast_close"),
	}
	for _, k := range o.Blocks("page") {
		h.Pages = append(h.Pages, bindPage(k))
	}
	return h
}

func bindPage(o *Object) Page {
	return Page{
		Path: get[string](o, "path"), Host: get[string](o, "host"), Status: list[schema.StatusRange](o, "status"),
		Contains: get[string](o, "contains"), Matches: get[string](o, "matches"), Excludes: get[string](o, "excludes"),
		MD5: get[string](o, "md5"), SHA256: get[string](o, "sha256"),
	}
}

func bindTLS(o *Object) TLS {
	if i := o.spec.args["tls"]; !o.Arg(i).For(o.Labels) {
		return TLS{}
	}
	tls := get[bool](o, "tls")
	if starts := get[bool](o, "starttls"); starts.Val {
		tls = starts
	}
	return TLS{
		TLS: tls, SkipVerify: get[bool](o, "skip_verify"), ServerName: get[string](o, "server_name"),
		MinVersion: get[string](o, "tls_min"), CA: get[string](o, "ca"), Certificate: get[string](o, "certificate"), Key: get[string](o, "key"),
	}
}
