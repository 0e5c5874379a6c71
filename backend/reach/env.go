package reach

import "os"

// FromEnvironment is the internet that a test puts up for a whole process: HEARTHKEY_TEST_DNS is its name server, HEARTHKEY_TEST_PORT the port where its public names answer. SSL_CERT_FILE names its authorities. Without these it is the real one.
func FromEnvironment() Internet {
	server := os.Getenv("HEARTHKEY_TEST_DNS")
	if server == "" {
		return Internet{}
	}
	return Internet{Servers: []string{server}, Port: os.Getenv("HEARTHKEY_TEST_PORT"), Inside: true}
}
