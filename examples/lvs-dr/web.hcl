variable "servers" {
  description = "The web servers behind the service address, by name."
  type        = map(string)
  default = {
    web1 = "192.168.16.2"
    web2 = "192.168.16.3"
    web3 = "192.168.16.4"
  }
}

vip "web" {
  vrid      = 51
  addresses = ["192.168.16.20/32"]
  priority  = 99

  node "lb1" {
    priority = 100
  }
}

pool "web" {
  listen      = ["192.168.16.20:80"]
  scheduler   = "rr"
  forwarding  = "dr"
  persistence = "50s"

  check "tcp" {
    interval = "2s"
    timeout  = "10s"
    fall     = 3
  }

  dynamic "server" {
    for_each = var.servers
    labels   = [server.key]
    content {
      address = "${server.value}:80"
    }
  }
}
