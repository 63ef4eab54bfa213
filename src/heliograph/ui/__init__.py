"""The design system: tokens, base templates, components and the few scripts that pages share."""
