package diag

// notifyRuleCodes are HA236x: notify blocks that cannot tell anybody.
func notifyRuleCodes() []Meaning {
	return []Meaning{
		{"HA2360", "notify block that tells nobody", `A notify block holds the ways of telling as blocks of its own, as many as are wanted:

    notify "ops" {
      script {
        command = ["/usr/local/bin/vip-changed"]
        user    = "ops"
      }

      mail {
        on     = ["fault", "down"]
        server = "mail.example.com:587"
        from   = "ha@example.com"
        to     = ["ops@example.com"]
      }
    }`},
		{"HA2361", "mail without recipients", `The argument to lists who gets the mails; each is an address, with or without a name: "Ops Team <ops@example.com>".`},
		{"HA2362", "user and password of a mail server", `A mail server that wants to know who sends gets a user and the password from a secret. They are never sent over a connection
that others can read, so tls must not be "none".`},
		{"HA2363", "URL of a webhook", `A webhook has its URL in url; where the URL itself lets everybody post who knows it, as with chats, it is a secret: secret_url.`},
	}
}

// notifyCodes are HA46xx: whom to tell.
func notifyCodes() []Meaning {
	return []Meaning{
		{"HA4060", "notify block that nothing refers to", `It tells of the VIPs, sync groups and pools that name it, or of all when the settings do:

    settings {
      notify = [notify.ops]
    }`},
	}
}
