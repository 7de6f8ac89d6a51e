package servicenowtest

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

func (c *call) wantsXML() bool {
	accept := c.r.Header.Get("Accept")
	return strings.Contains(accept, "application/xml") && !strings.Contains(accept, "json")
}

// writeXML answers <response><result>…</result></response>, one <result> for each element of a list.
func (c *call) writeXML(status int, v any) {
	var b bytes.Buffer
	b.WriteString(xml.Header)
	b.WriteString("<response>")
	xmlValue(&b, "", v)
	b.WriteString("</response>")
	c.w.Header().Set("Content-Type", "application/xml;charset=UTF-8")
	c.w.WriteHeader(status)
	_, _ = c.w.Write(b.Bytes())
}

func xmlValue(b *bytes.Buffer, name string, v any) {
	switch v := v.(type) {
	case map[string]any:
		openTag(b, name)
		for _, k := range slices.Sorted(maps.Keys(v)) {
			xmlValue(b, k, v[k])
		}
		closeTag(b, name)
	case []any:
		for _, e := range v {
			xmlValue(b, name, e)
		}
	case []map[string]any:
		for _, e := range v {
			xmlValue(b, name, e)
		}
	default:
		openTag(b, name)
		if v != nil {
			_ = xml.EscapeText(b, []byte(fmt.Sprint(v)))
		}
		closeTag(b, name)
	}
}

func openTag(b *bytes.Buffer, name string) {
	if name != "" {
		b.WriteString("<" + name + ">")
	}
}

func closeTag(b *bytes.Buffer, name string) {
	if name != "" {
		b.WriteString("</" + name + ">")
	}
}

// decodeXML reads <request><entry><column>value</column>…</entry></request>, the documented form of an XML body.
func decodeXML(body []byte) (map[string]any, error) {
	out := map[string]any{}
	d := xml.NewDecoder(bytes.NewReader(body))
	var path []string
	var text strings.Builder
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		switch t := token.(type) {
		case xml.StartElement:
			path = append(path, t.Name.Local)
			text.Reset()
		case xml.CharData:
			text.Write(t)
		case xml.EndElement:
			if len(path) == 3 {
				out[path[2]] = text.String()
			}
			path = path[:len(path)-1]
			if len(path) == 1 && len(out) > 0 {
				return out, nil // several records: only the first counts
			}
		}
	}
}
