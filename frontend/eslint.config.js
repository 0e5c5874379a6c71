// The habits of this folder that a machine can see. Types are checked by svelte-check and tsc, not here.
import svelte from 'eslint-plugin-svelte'
import globals from 'globals'
import ts from 'typescript-eslint'
import { defineConfig } from 'eslint/config'
import svelteConfig from './admin/svelte.config.js'

export default defineConfig(
  { ignores: ['**/dist/**', '**/node_modules/**', 'admin/src/wailsjs/**'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  ts.configs.strict,
  ts.configs.stylistic,
  { files: ['admin/**'], extends: [svelte.configs.recommended] },
  {
    rules: {
      '@typescript-eslint/consistent-type-definitions': 'off',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/no-invalid-void-type': 'off',
      '@typescript-eslint/no-empty-function': 'off',
      eqeqeq: ['error', 'smart'],
      'no-console': 'error',
      'no-eval': 'error',
      'no-implied-eval': 'error',
      'no-new-func': 'error',
    },
  },
  {
    files: ['admin/src/**/*.{ts,svelte}'],
    languageOptions: {
      globals: globals.browser,
      parserOptions: { parser: ts.parser, projectService: true, extraFileExtensions: ['.svelte'], svelteConfig },
    },
    rules: {
      // A promise that nobody waits for loses its failure, and the owner sees nothing.
      '@typescript-eslint/no-floating-promises': 'error',
      // Names and user agents come from outside; as markup they would own the machine.
      'svelte/no-at-html-tags': 'error',
      'svelte/require-each-key': 'error',
      'svelte/no-unused-svelte-ignore': 'off', // svelte-check knows better
      'max-lines': ['error', { max: 150, skipBlankLines: true }],
      'no-restricted-imports': ['error', { patterns: [{ group: ['**/wailsjs/**'], message: 'Only api.ts touches the generated bindings.' }] }],
    },
  },
  { files: ['admin/src/api.ts'], rules: { 'no-restricted-imports': 'off', 'max-lines': 'off' } },
  {
    files: ['admin/src/ui/**/*.{ts,svelte}'],
    rules: {
      'no-restricted-imports': ['error', { patterns: [{ group: ['**/api', '**/api.ts', '**/pages/**', '**/wailsjs/**'], message: 'ui/ knows no domain.' }] }],
    },
  },
  {
    files: ['public/**/*.js'],
    languageOptions: { sourceType: 'script', globals: globals.browser },
  },
  { files: ['e2e/**', '*.config.*', 'admin/*.config.*'], languageOptions: { globals: globals.node }, rules: { 'no-console': 'off' } },
)
