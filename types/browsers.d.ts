/** What not every browser has that the code is written for: it is asked for before it is used. */

interface String {
  toWellFormed?(): string; // ES2024
}

interface Document {
  featurePolicy?: { features?(): string[]; allowsFeature(feature: string): boolean }; // Chromium
}
