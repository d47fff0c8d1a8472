# Two directors share one service address; three web servers answer for it directly (DR mode).

cluster {
  name = "lvs-dr"
}

node "lb1" {
  address   = "192.168.16.21"
  interface = "eth0"
}

node "lb2" {
  address   = "192.168.16.22"
  interface = "eth0"
}

# The real servers are part of the configuration: their service address on lo and the ARP sysctls that
# direct routing needs are planned and applied like everything else.
node "web1" {
  role    = "server"
  address = "192.168.16.2"
}

node "web2" {
  role    = "server"
  address = "192.168.16.3"
}

node "web3" {
  role    = "server"
  address = "192.168.16.4"
}
