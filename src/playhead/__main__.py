from playhead.cli import main

main()
