/* Stands in for an environment's Python: starts the real one under this one's name, with the clock that can be stepped.
   A process that is given an empty environment, as an engine process is, gets it so too. */

#include <stdlib.h>
#include <unistd.h>

int main(int count, char **words) {
    (void)count;
    setenv("LD_PRELOAD", LIBRARY, 1);
    setenv("GENHOOK_CLOCKS", TABLE, 1);
    execv(PYTHON, words);
    return 127;
}
