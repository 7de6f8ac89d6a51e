package speed

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
)

// instance answers with prepared bytes, so that it costs little beside the one who reads them: by plain HTTP, and by
// TLS.
func instance(tb testing.TB) (plain, secure *httptest.Server) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/now/v2/table/{table}", serveRows)
	mux.HandleFunc("GET /api/now/v1/attachment/{id}/file", serveFile)
	mux.HandleFunc("POST /api/now/v1/attachment/{way}", takeFile)
	plain, secure = httptest.NewServer(mux), httptest.NewUnstartedServer(mux)
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	secure.StartTLS()
	tb.Cleanup(plain.Close)
	tb.Cleanup(secure.Close)
	return plain, secure
}

// serveRows knows limits and keys, as the walk by sys_id sends them.
func serveRows(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	limit, err := strconv.Atoi(q.Get("sysparm_limit"))
	from := 0
	if _, key, ok := strings.Cut(q.Get("sysparm_query"), "sys_id>"); ok && err == nil {
		var last int64
		last, err = strconv.ParseInt(key[:32], 16, 64)
		from = int(last) + 1
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	all := prepared(shape{r.PathValue("table"), q.Get("sysparm_display_value"), q.Get("sysparm_exclude_reference_link")})
	rows := all.page(from, min(limit, listRows-from))
	h := w.Header()
	h.Set("Content-Type", "application/json;charset=UTF-8")
	h.Set("X-Total-Count", strconv.Itoa(listRows-from))
	io.WriteString(w, `{"result":[`)
	// Written as a string, it would go through net/http's buffer of 2 KB, each a chunk of its own and half a read of the
	// client's: costly for both, and unlike an instance.
	w.Write(rows)
	io.WriteString(w, `]}`)
}
