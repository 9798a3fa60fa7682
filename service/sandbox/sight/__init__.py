"""Looking at pictures: `measure` what can be measured, `reading` what is written, `facts` and `telling` in words."""
