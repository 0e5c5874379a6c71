// Command icons renders the drawings in build/icons to the PNG files that the desktop app embeds. Run it from the top of the repository (`make icons`); it
// needs rsvg-convert. Its output is committed, so that building the app needs no renderer.
package main

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"log"
	"os"
	"os/exec"
	"path/filepath"
)

const (
	drawings = "build/icons"
	embedded = "app/icons"
	wailsPNG = "build/appicon.png" // where Wails looks for the picture of Windows and macOS programs
)

var (
	appSizes   = []int{16, 22, 24, 32, 48, 64, 128, 256, 512}
	traySizes  = []int{16, 22, 24, 32, 44}
	trayStates = []string{"public", "tailnet", "starting", "attention", "paused", "stopped"}
)

// smallUntil is the largest size for which icon-small.svg is drawn.
const smallUntil = 24

func main() {
	log.SetFlags(0)
	if err := renderAll(); err != nil {
		log.Fatal("icons: ", err)
	}
}

func renderAll() error {
	if err := os.MkdirAll(embedded, 0o755); err != nil {
		return err
	}
	for _, size := range appSizes {
		if err := app(size, filepath.Join(embedded, fmt.Sprintf("icon-%d.png", size))); err != nil {
			return err
		}
	}
	for _, state := range trayStates {
		for _, size := range traySizes {
			if err := tray(state, size); err != nil {
				return err
			}
		}
	}
	return app(1024, wailsPNG)
}

func app(size int, path string) error {
	drawing := "icon"
	if size <= smallUntil {
		drawing = "icon-small"
	}
	img, err := render(drawing, size)
	if err != nil {
		return err
	}
	return write(path, img)
}

// tray writes the shape in black, as drawn, and in white: the same shape for a dark panel.
func tray(state string, size int) error {
	black, err := render("tray-"+state, size)
	if err != nil {
		return err
	}
	white := image.NewNRGBA(black.Bounds())
	for y := range size {
		for x := range size {
			_, _, _, a := black.At(x, y).RGBA()
			white.SetNRGBA(x, y, color.NRGBA{R: 255, G: 255, B: 255, A: uint8(a >> 8)})
		}
	}
	name := func(ink string) string {
		return filepath.Join(embedded, fmt.Sprintf("tray-%s-%s-%d.png", state, ink, size))
	}
	if err := write(name("black"), black); err != nil {
		return err
	}
	return write(name("white"), white)
}

func render(drawing string, size int) (image.Image, error) {
	side := fmt.Sprint(size)
	cmd := exec.Command("rsvg-convert", "--width", side, "--height", side, filepath.Join(drawings, drawing+".svg"))
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("rsvg-convert %s: %w", drawing, err)
	}
	img, err := png.Decode(bytes.NewReader(out))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", drawing, err)
	}
	if b := img.Bounds(); b.Dx() != size || b.Dy() != size {
		return nil, fmt.Errorf("%s: %v, want %d square", drawing, b, size)
	}
	return img, nil
}

func write(path string, img image.Image) error {
	var b bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&b, img); err != nil {
		return err
	}
	return os.WriteFile(path, b.Bytes(), 0o644)
}
