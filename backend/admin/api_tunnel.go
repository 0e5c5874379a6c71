package admin

// ConnectTailnet says how to join.
type ConnectTailnet struct {
	HostName string   `json:"hostName"` // one DNS label
	AuthKey  string   `json:"authKey"`  // "" to sign in with a browser; an OAuth client secret needs tags
	Tags     []string `json:"tags"`     // each as tag:name, asked for at each start; none for a node that belongs to a person
	Funnel   bool     `json:"funnel"`   // serve the internet too
}

// ConnectStep is one step of becoming reachable, in the order in which they are taken.
type ConnectStep struct {
	Key    string `json:"key"`    // sign_in, join, certificate, funnel, public
	State  string `json:"state"`  // done, now, waiting (its turn has not come), stopped (somebody has to do something, or it is tried again later)
	Title  string `json:"title"`  // what it is about
	Detail string `json:"detail"` // what happens or what to do, "" when nothing is to be said
	Link   string `json:"link"`   // the page to open, "" for none
	Open   string `json:"open"`   // what opening it is called
}

// Doctor is what the tailnet has to allow, each point as the node itself was told, the missing ones first.
type Doctor struct {
	Checks []DoctorCheck `json:"checks"`
}

// DoctorCheck is one point of the Doctor.
type DoctorCheck struct {
	Key     string `json:"key"`   // joined, approval, magic_dns, https, funnel_attr, funnel_port, name, key_expiry, owner, udp_port, grants
	State   string `json:"state"` // ok, missing, unknown, warn
	Title   string `json:"title"`
	Detail  string `json:"detail"`  // what it means and what to do, "" when nothing is to be said
	Page    string `json:"page"`    // the admin page of Tailscale that changes it, "" for none
	Snippet string `json:"snippet"` // to paste into the tailnet's policy file, "" for none
}
