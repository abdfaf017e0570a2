// Package ui holds what people see as values: tables, problems and change
// lines, and how they are rendered for a terminal or a pipe.
package ui

import (
	"io"

	"github.com/charmbracelet/lipgloss"
	"github.com/muesli/termenv"
)

// Tone is the meaning of a piece of text; the theme decides on its colour.
type Tone int

// The tones, from plain to loud.
const (
	Plain Tone = iota
	Good
	Warn
	Bad
	Faint
	Strong
)

// Theme renders text for one output: with colour or without, to a width.
type Theme struct {
	// Width is the terminal's width in columns; 0 means unlimited (a pipe).
	Width  int
	styles map[Tone]lipgloss.Style
}

// NewTheme makes the theme of out. Where colour is false no escape sequence is
// ever written.
func NewTheme(out io.Writer, colour bool, width int) *Theme {
	profile := termenv.Ascii
	if colour {
		profile = termenv.ANSI
	}
	renderer := lipgloss.NewRenderer(out)
	renderer.SetColorProfile(profile)
	style := func(code string) lipgloss.Style {
		return renderer.NewStyle().Foreground(lipgloss.Color(code))
	}
	return &Theme{Width: width, styles: map[Tone]lipgloss.Style{
		Plain:  renderer.NewStyle(),
		Good:   style("2"),
		Warn:   style("3"),
		Bad:    style("1").Bold(true),
		Faint:  renderer.NewStyle().Faint(true),
		Strong: renderer.NewStyle().Bold(true),
	}}
}

// Paint returns text in the tone's style. Text of several lines is painted
// line by line, so that no padding is added.
func (t *Theme) Paint(tone Tone, text string) string {
	return t.styles[tone].Inline(true).Render(text)
}
