package attachment_test

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/seed-a66f7fd3/servicenow/attachment"
	"github.com/seed-a66f7fd3/servicenow/internal/roomtest"
)

func Example() {
	instance, sn := roomtest.Start()
	defer instance.Close()
	id := instance.Insert("incident", map[string]string{"short_description": "VPN drops"})
	ctx := context.Background()

	record := attachment.Target{Table: "incident", ID: id}
	file, err := sn.Attachments.Upload(ctx, record, attachment.Bytes("trace.txt", []byte("link down\n")))
	if err != nil {
		fmt.Println(err)
		return
	}
	down, err := sn.Attachments.Open(ctx, file.SysID.String())
	if err != nil {
		fmt.Println(err)
		return
	}
	defer down.Close()
	fmt.Println(down.Name, down.Size)
	if _, err := io.Copy(os.Stdout, down); err != nil { // io.ErrUnexpectedEOF for a file that was cut
		fmt.Println(err)
	}
	// Output:
	// trace.txt 10
	// link down
}

func ExampleService_CopyAll() {
	instance, sn := roomtest.Start()
	defer instance.Close()
	id := instance.Insert("incident", map[string]string{"short_description": "VPN drops"})
	_, _ = instance.As("admin").Attach("incident", id, "trace.txt", "text/plain", []byte("link down\n"))

	n, err := sn.Attachments.CopyAll(context.Background(), attachment.Target{Table: "incident", ID: id},
		func(f attachment.File) (io.WriteCloser, error) {
			fmt.Println(f.FileName, f.SizeBytes)
			return discard{}, nil
		})
	fmt.Println(n, err)
	// Output:
	// trace.txt 10
	// 1 <nil>
}

// The text that stands for a picture.
func ExampleService_AddAttribute() {
	instance, sn := roomtest.Start()
	defer instance.Close()
	id := instance.Insert("incident", map[string]string{"short_description": "VPN drops"})
	file, _ := instance.As("admin").Attach("incident", id, "pump.png", "image/png", []byte("png"))
	ctx := context.Background()

	if _, err := sn.Attachments.AddAttribute(ctx, file, "alt_text", "A pump, stuck"); err != nil {
		fmt.Println(err)
		return
	}
	alt, err := sn.Attachments.Attribute(ctx, file, "alt_text")
	fmt.Println(alt.Value, err)
	// Output: A pump, stuck <nil>
}

// What the instance would refuse is told before a byte is sent.
func ExampleService_WithLimits() {
	instance, sn := roomtest.Start()
	defer instance.Close()
	files := sn.Attachments.WithLimits(attachment.Limits{MaxBytes: 1 << 20, Extensions: []string{"txt", "pdf"}})

	target := attachment.Target{Table: "incident", ID: "d71f7935c0a8016700802b64c67c11c6"}
	_, err := files.Upload(context.Background(), target, attachment.Bytes("setup.exe", nil))
	fmt.Println(err)
	// Output: servicenow: attachment.Upload: invalid request: the instance does not take files with the extension "exe"
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }
func (discard) Close() error                { return nil }
