import js from "@eslint/js";

export default [
  { ignores: ["var/", "build/", "dist/", ".venv/", ".uv/", "tests/journeys/stubs/"] }, // released stubs are kept as they were
  js.configs.recommended,
  {
    languageOptions: { ecmaVersion: 2023 },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      "no-undef": "off", // the type checker knows the browser's names, too
      "array-callback-return": "error",
      "default-case-last": "error",
      eqeqeq: "error",
      "no-constructor-return": "error",
      "no-duplicate-imports": "error",
      "no-eval": "error",
      "no-extend-native": "error",
      "no-implicit-globals": "error",
      "no-implied-eval": "error",
      "no-loop-func": "error",
      "no-new-func": "error",
      "no-new-wrappers": "error",
      "no-proto": "error",
      // A local variable that was forgotten would silently be the window's.
      "no-restricted-globals": ["error", "closed", "event", "external", "find", "focus", "length", "name", "parent", "print", "scroll", "status", "stop", "top"],
      "no-return-assign": "error",
      "no-script-url": "error",
      "no-self-compare": "error",
      "no-sequences": "error",
      "no-template-curly-in-string": "error",
      "no-throw-literal": "error",
      "no-unmodified-loop-condition": "error",
      "no-unreachable-loop": "error",
      "no-unused-expressions": "error",
      "no-unused-vars": ["error", { argsIgnorePattern: "^_$", varsIgnorePattern: "^_$" }],
      "no-use-before-define": ["error", { functions: false, classes: false, variables: false }],
      "no-useless-call": "error",
      "no-useless-return": "error",
      "no-var": "error",
      "prefer-const": ["error", { destructuring: "all" }],
      "prefer-promise-reject-errors": "error",
      radix: "error",
    },
  },
  {
    // Classic scripts, each in a function of its own; a sample course has one script and shares its page with nobody.
    files: ["src/heliograph/demo_lms/static/*.js", "src/heliograph/demo/courses/**/*.js"],
    languageOptions: { sourceType: "script" },
  },
  {
    files: ["src/heliograph/demo/courses/**/*.js"],
    rules: { "no-implicit-globals": "off" },
  },
];
