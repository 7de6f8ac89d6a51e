package attachment

import (
	"errors"
	"fmt"
	"mime"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits are what an instance takes. Files that break them are refused before a byte is sent, because the instance
// reads the whole file before it refuses.
type Limits struct {
	// MaxBytes is com.glide.attachment.max_size in bytes; 0 is no limit.
	MaxBytes int64
	// Extensions are those of glide.attachment.extensions, in lower case without dots; none is all.
	Extensions []string
}

// DefaultLimits are those of an instance whose properties nobody changed: 1024 MB, and any extension.
func DefaultLimits() Limits { return Limits{MaxBytes: 1024 << 20} }

// The two properties, see https://www.servicenow.com/docs/r/platform-administration/r_AvailableSystemProperties.html.
const (
	maxSizeProperty    = "com.glide.attachment.max_size"
	extensionsProperty = "glide.attachment.extensions"
)

// limitsFrom reads the properties as the instance does.
func limitsFrom(properties map[string]string) (Limits, error) {
	limits := DefaultLimits()
	if size, ok := properties[maxSizeProperty]; ok {
		// An empty value means one kilobyte, says the documentation of the property.
		limits.MaxBytes = 1 << 10
		if size = strings.TrimSpace(size); size != "" {
			mb, err := strconv.ParseInt(size, 10, 32)
			if err != nil || mb < 0 {
				return limits, fmt.Errorf("the property %s is not a number of megabytes", maxSizeProperty)
			}
			limits.MaxBytes = mb << 20
		}
	}
	for ext := range strings.SplitSeq(properties[extensionsProperty], ",") {
		if ext = strings.ToLower(strings.Trim(ext, " .\t")); ext != "" {
			limits.Extensions = append(limits.Extensions, ext)
		}
	}
	return limits, nil
}

// check refuses what the instance would refuse, or would store under another name than the caller thinks.
func (l Limits) check(f NewFile) error {
	switch {
	case f.Source == nil:
		return errors.New("the file has no Source")
	case f.Size < -1:
		return errors.New("the size is negative: it is -1 when not known")
	case l.MaxBytes > 0 && f.Size > l.MaxBytes:
		return fmt.Errorf("the file has %d bytes, the instance takes %d", f.Size, l.MaxBytes)
	case len(l.Extensions) > 0 && !slices.Contains(l.Extensions, f.extension()):
		return fmt.Errorf("the instance does not take files with the extension %q", f.extension())
	}
	if err := checkName(f.Name); err != nil {
		return err
	}
	if _, _, err := mime.ParseMediaType(f.contentType()); err != nil {
		return fmt.Errorf("the content type is not one: %w", err)
	}
	return nil
}

func checkName(name string) error {
	switch {
	case strings.TrimSpace(name) == "":
		return errors.New("the file has no name")
	case name == "." || name == ".." || strings.ContainsAny(name, `/\`):
		return errors.New("the file name is a path: give its last part")
	case !utf8.ValidString(name):
		return errors.New("the file name is not valid UTF-8")
	case strings.ContainsFunc(name, unicode.IsControl):
		return errors.New("the file name has a control character")
	}
	return nil
}
