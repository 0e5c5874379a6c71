//go:build e2e

package webfinger

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// freePort is a port that nobody listens at now.
func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// run starts a web server that goes into the background once it listens, and stops it by another command when the test ends.
func run(t *testing.T, start, stop []string, config string) {
	t.Helper()
	said, err := os.Create(filepath.Join(t.TempDir(), "said")) // a file, since the server keeps it open when the command has ended
	if err != nil {
		t.Fatal(err)
	}
	defer said.Close()
	cmd := exec.Command(start[0], start[1:]...)
	cmd.Stdout, cmd.Stderr = said, said
	if err := cmd.Run(); err != nil {
		text, _ := os.ReadFile(said.Name())
		t.Fatalf("%v: %v\n%s\n%s", start, err, text, config)
	}
	t.Cleanup(func() { _ = exec.Command(stop[0], stop[1:]...).Run() })
}

// folder is one that web servers may read, who give up being root.
func folder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "webfinger")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// serveNginx runs nginx with lines in the http block and in the server block.
func serveNginx(t *testing.T, in *internet, http, site string) served {
	t.Helper()
	dir, port := folder(t), freePort(t)
	config := fmt.Sprintf(`daemon on; worker_processes 1; pid %[1]s/pid; error_log %[1]s/error.log;
events {}
http {
    access_log off; client_body_temp_path %[1]s; proxy_temp_path %[1]s; fastcgi_temp_path %[1]s; uwsgi_temp_path %[1]s; scgi_temp_path %[1]s;
%[2]s
    server {
        listen 127.0.0.1:%[3]d;
        listen 127.0.0.1:%[5]d ssl;
        ssl_certificate %[6]s;
        ssl_certificate_key %[7]s;
%[4]s
        location / { return 200 "the website"; }
    }
}
`, dir, http, port, site, in.port, in.cert, in.key)
	file := filepath.Join(dir, "nginx.conf")
	write(t, file, config)
	run(t, []string{"nginx", "-c", file}, []string{"nginx", "-c", file, "-s", "stop"}, config)
	return served{base: fmt.Sprintf("http://127.0.0.1:%d", port)}
}

// serveApache runs Apache with files below its root, which may change settings, and lines in the virtual host.
func serveApache(t *testing.T, in *internet, files []LinesFile, site string) served {
	t.Helper()
	dir, port := folder(t), freePort(t)
	for _, f := range files {
		write(t, filepath.Join(dir, "www", f.Name), f.Text)
	}
	var modules strings.Builder
	for _, name := range []string{"mpm_event", "authz_core", "mime", "headers", "include", "rewrite", "alias", "proxy", "proxy_http", "ssl", "socache_shmcb"} {
		fmt.Fprintf(&modules, "LoadModule %s_module /usr/lib/apache2/modules/mod_%s.so\n", name, name)
	}
	host := func(port int, more string) string {
		return fmt.Sprintf("Listen 127.0.0.1:%[1]d\n<VirtualHost *:%[1]d>\n%[2]sDocumentRoot %[3]s/www\n<Directory %[3]s/www>\nAllowOverride All\nRequire all granted\n</Directory>\n%[4]s</VirtualHost>\n", port, more, dir, site)
	}
	config := fmt.Sprintf("%sServerName localhost\nPidFile %[2]s/pid\nErrorLog %[2]s/error.log\nTypesConfig /dev/null\n", modules.String(), dir) +
		host(port, "") + host(in.port, fmt.Sprintf("SSLEngine On\nSSLCertificateFile %s\nSSLCertificateKeyFile %s\n", in.cert, in.key))
	if os.Geteuid() == 0 {
		config += "User www-data\nGroup www-data\n"
	}
	file := filepath.Join(dir, "apache.conf")
	write(t, file, config)
	write(t, filepath.Join(dir, "www", "index.html"), "the website")
	run(t, []string{"apache2", "-f", file, "-k", "start"}, []string{"apache2", "-f", file, "-k", "stop"}, config)
	return served{base: fmt.Sprintf("http://127.0.0.1:%d", port)}
}

// serveCaddy runs Caddy with lines in the site block.
func serveCaddy(t *testing.T, in *internet, site string) served {
	t.Helper()
	dir, port := folder(t), freePort(t)
	site += "\n\thandle {\n\t\trespond \"the website\"\n\t}\n}\n" // a block for all the rest comes before most other directives
	config := "{\n\tadmin off\n\tauto_https off\n\tdefault_bind 127.0.0.1\n}\n" +
		fmt.Sprintf("http://127.0.0.1:%d {\n%s", port, site) + fmt.Sprintf("https://%s:%d {\n\ttls %s %s\n%s", in.domain, in.port, in.cert, in.key, site)
	file, pid := filepath.Join(dir, "Caddyfile"), filepath.Join(dir, "pid")
	write(t, file, config)
	t.Setenv("HOME", dir)
	t.Setenv("SSL_CERT_FILE", in.roots) // which Caddy takes for the system's
	run(t, []string{"caddy", "start", "--config", file, "--adapter", "caddyfile", "--pidfile", pid}, []string{"sh", "-c", `kill "$(cat "$0")"`, pid}, config)
	return served{base: fmt.Sprintf("http://127.0.0.1:%d", port)}
}

// wordpressStub is as much of WordPress as a must-use plugin meets.
const wordpressStub = `<?php
$hooks = array();
function add_action($hook, $call, $priority = 10) { global $hooks; $hooks[$hook][] = $call; }
require __DIR__ . '/wp-content/mu-plugins/webfinger.php';
foreach ($hooks['muplugins_loaded'] as $call) { $call(); }
echo 'the website';
`

// serveWordPress runs PHP's own web server, all of whose requests go to index.php, as WordPress has it.
func serveWordPress(t *testing.T, f LinesFile) served {
	dir, port := folder(t), freePort(t)
	write(t, filepath.Join(dir, f.Name), f.Text)
	write(t, filepath.Join(dir, "index.php"), wordpressStub)
	cmd := exec.Command("php", "-d", "display_errors=1", "-d", "error_reporting=-1", "-S", fmt.Sprintf("127.0.0.1:%d", port), filepath.Join(dir, "index.php"))
	out, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	awaitLine(t, out, "started")
	return served{base: fmt.Sprintf("http://127.0.0.1:%d", port)}
}
