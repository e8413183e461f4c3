"""What did we forget? The data itself is asked where it holds models, whatever apps have declared."""
