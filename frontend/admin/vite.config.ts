import { svelte } from '@sveltejs/vite-plugin-svelte'
import tailwindcss from '@tailwindcss/vite'
import { defineConfig, type Plugin } from 'vite'

// Only what is built in runs, loads or styles; data: is for the small pictures in the page. Connections: the test bridge's calls.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'"

// In the built page alone: the dev server brings its styles as inline elements.
const contentSecurityPolicy: Plugin = {
  name: 'content-security-policy',
  apply: 'build',
  transformIndexHtml: () => [{ tag: 'meta', attrs: { 'http-equiv': 'Content-Security-Policy', content: policy }, injectTo: 'head-prepend' }],
}

// WebKitGTK of Debian 12 and Safari 16 are the oldest webviews that show the window.
export default defineConfig({
  plugins: [tailwindcss(), svelte(), contentSecurityPolicy],
  build: { target: 'safari16', sourcemap: false, emptyOutDir: true },
})
