# Read by llama-cpp-python's build after its own project(): llama.cpp's library of helpers for its own programs, half of
# what would be compiled, is in none of the libraries that the Python package loads.
set(LLAMA_BUILD_COMMON OFF)
