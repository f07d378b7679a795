module jewelrydisplay.app

go 1.26
