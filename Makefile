# The two commands of the README need no make. These are for those who work on the SDK.

.PHONY: test ci soak bench

test:
	go test ./...

ci:
	bash .ci/run

# A hundred thousand histories of the pull: about half an hour.
soak:
	SERVICENOW_SOAK=100000 go test -timeout 3h -run TestFeedKeepsItsPromise ./table

bench:
	go test -run '^$$' -bench . ./internal/speed ./table ./internal/rest ./webhook ./attachment
