package decode

import (
	"time"

	"ha/hcl/schema"
)

// Notify is a `notify` block on one node.
type Notify struct {
	Head
	On       []Arg[string]
	Scripts  []NotifyScript
	FIFOs    []NotifyFIFO
	Mails    []NotifyMail
	Webhooks []NotifyWebhook
}

// NotifyScript is a `script` block of it, or the `reader` block of a pipe.
type NotifyScript struct {
	Head
	On        []Arg[string] // nil: as in the notify block
	Command   []Arg[string]
	User      Arg[string]
	Group     Arg[string]
	Timeout   Arg[time.Duration]
	Arguments Arg[string]
}

// NotifyFIFO is a `fifo` block.
type NotifyFIFO struct {
	Head
	On     []Arg[string]
	Path   Arg[string]
	User   Arg[string]
	Group  Arg[string]
	Format Arg[string]
	Reader *NotifyScript // nil: none
}

// NotifyMail is a `mail` block.
type NotifyMail struct {
	Head
	On       []Arg[string]
	Server   Arg[string]
	TLS      Arg[string]
	CA       Arg[string]
	From     Arg[string]
	To       []Arg[string]
	Helo     Arg[string]
	User     Arg[string]
	Password Arg[schema.SecretRef]
	Digest   Arg[time.Duration]
}

// NotifyWebhook is a `webhook` block.
type NotifyWebhook struct {
	Head
	On        []Arg[string]
	URL       Arg[string]
	SecretURL Arg[schema.SecretRef]
	Headers   map[string]Arg[string]
	Token     Arg[schema.SecretRef]
	Key       Arg[schema.SecretRef]
	CA        Arg[string]
	Digest    Arg[time.Duration]
}

func bindNotify(o *Object) *Notify {
	n := &Notify{Head: headOf(o), On: list[string](o, "on")}
	for _, k := range o.Blocks("script") {
		n.Scripts = append(n.Scripts, bindNotifyScript(k))
	}
	for _, k := range o.Blocks("fifo") {
		f := NotifyFIFO{
			Head: headOf(k), On: list[string](k, "on"), Path: get[string](k, "path"), User: get[string](k, "user"), Group: get[string](k, "group"),
			Format: get[string](k, "format"),
		}
		for _, r := range k.Blocks("reader") {
			f.Reader = &NotifyScript{Head: headOf(r), Command: list[string](r, "command"), User: get[string](r, "user"), Group: get[string](r, "group")}
		}
		n.FIFOs = append(n.FIFOs, f)
	}
	for _, k := range o.Blocks("mail") {
		n.Mails = append(n.Mails, NotifyMail{
			Head: headOf(k), On: list[string](k, "on"), Server: get[string](k, "server"), TLS: get[string](k, "tls"), CA: get[string](k, "ca"),
			From: get[string](k, "from"), To: list[string](k, "to"), Helo: get[string](k, "helo"), User: get[string](k, "user"),
			Password: get[schema.SecretRef](k, "password"), Digest: get[time.Duration](k, "digest"),
		})
	}
	for _, k := range o.Blocks("webhook") {
		n.Webhooks = append(n.Webhooks, NotifyWebhook{
			Head: headOf(k), On: list[string](k, "on"), URL: get[string](k, "url"), SecretURL: get[schema.SecretRef](k, "secret_url"), Headers: texts(k, "headers"),
			Token: get[schema.SecretRef](k, "token"), Key: get[schema.SecretRef](k, "key"), CA: get[string](k, "ca"), Digest: get[time.Duration](k, "digest"),
		})
	}
	return n
}

func bindNotifyScript(k *Object) NotifyScript {
	return NotifyScript{
		Head: headOf(k), On: list[string](k, "on"), Command: list[string](k, "command"), User: get[string](k, "user"), Group: get[string](k, "group"),
		Timeout: get[time.Duration](k, "timeout"), Arguments: get[string](k, "arguments"),
	}
}
