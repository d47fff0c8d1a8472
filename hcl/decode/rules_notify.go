package decode

import "github.com/hashicorp/hcl/v2"

func tellsSomebody(o *Object, why string) hcl.Diagnostics {
	if len(o.Kids) > 0 {
		return nil
	}
	return fault(o, "HA2360", "on", o.Header()+" tells nobody", why, "Add for example `script { command = [\"/usr/local/bin/vip-changed\"] }`.")
}

func mailHasRecipients(o *Object, why string) hcl.Diagnostics {
	if o.Cell("to").State != Set || len(list[string](o, "to")) > 0 {
		return nil // that it is missing is said elsewhere
	}
	return fault(o, "HA2361", "to", "the mail has no recipients", why, `Write for example to = ["ops@example.com"].`)
}

func userAndPassword(o *Object, why string) hcl.Diagnostics {
	user, password := o.Cell("user").State == Set, o.Cell("password").State == Set
	switch {
	case user && !password:
		return fault(o, "HA2362", "user", "the user has no password", why, `Add for example password = secret("file:/etc/ha/mail.password").`)
	case password && !user:
		return fault(o, "HA2362", "password", "the password belongs to no user", why, "Add the user, or remove the password.")
	case user && get[string](o, "tls").Val == "none":
		return fault(o, "HA2362", "user", "the password would be sent unprotected", why, `Use tls = "starttls", or remove user and password.`)
	}
	return nil
}

func webhookHasOneURL(o *Object, why string) hcl.Diagnostics {
	plain, secret := o.Cell("url").State == Set, o.Cell("secret_url").State == Set
	switch {
	case plain && secret:
		return fault(o, "HA2363", "secret_url", "the webhook has two URLs", why, "Remove one of them.")
	case !plain && !secret:
		return fault(o, "HA2363", "url", "the webhook has no URL", why, `Write for example url = "https://hooks.example.com/ha".`)
	}
	return nil
}
