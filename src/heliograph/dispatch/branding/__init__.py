"""How packages look and which texts they show."""
