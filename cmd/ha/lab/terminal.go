package lab

import (
	"context"
	"errors"
	"io"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
)

// refresh is the time between two looks at the cluster.
const refresh = 300 * time.Millisecond

// Terminal shows the live view until a person quits or ctx ends. Commands are typed below the view.
func (l *Lab) Terminal(ctx context.Context, in io.Reader, out io.Writer) error {
	p := tea.NewProgram(screen{lab: l, ctx: ctx, said: "help lists the commands"},
		tea.WithContext(ctx), tea.WithInput(in), tea.WithOutput(out))
	_, err := p.Run()
	if errors.Is(err, tea.ErrInterrupted) || ctx.Err() != nil {
		return nil
	}
	return err
}

// screen is the state of the live view.
type screen struct {
	lab    *Lab
	ctx    context.Context //nolint:containedctx // bubbletea's model is the only thing its commands are given
	view   string
	typed  string
	said   string
	busy   bool
	height int
	width  int
}

// drawn and answered are what commands that run beside the view come back with.
type (
	drawn    string
	answered struct {
		text string
		err  error
	}
)

func (s screen) look() tea.Msg { return drawn(s.lab.View(s.ctx)) }

func (s screen) Init() tea.Cmd { return s.look }

func (s screen) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case drawn:
		s.view = string(msg)
		return s, tea.Tick(refresh, func(time.Time) tea.Msg { return s.look() })
	case answered:
		s.busy = false
		s.said = msg.text
		if errors.Is(msg.err, errQuit) {
			return s, tea.Quit
		}
		if msg.err != nil {
			s.said = msg.err.Error()
		}
	case tea.WindowSizeMsg:
		s.height, s.width = msg.Height, msg.Width
	case tea.KeyPressMsg:
		return s.key(msg)
	}
	return s, nil
}

func (s screen) key(msg tea.KeyPressMsg) (tea.Model, tea.Cmd) {
	switch msg.String() {
	case "ctrl+c", "ctrl+d":
		return s, tea.Quit
	case "backspace":
		runes := []rune(s.typed)
		s.typed = string(runes[:max(0, len(runes)-1)])
	case "esc", "ctrl+u":
		s.typed = ""
	case "enter":
		line := s.typed
		s.typed = ""
		if strings.TrimSpace(line) == "" || s.busy {
			return s, nil
		}
		s.busy, s.said = true, line+" …"
		return s, func() tea.Msg {
			text, err := s.lab.Do(s.ctx, line)
			return answered{text, err}
		}
	default:
		s.typed += msg.Text
	}
	return s, nil
}

func (s screen) View() tea.View {
	text := s.view
	if text == "" {
		text = "starting …\n"
	}
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	below := strings.Split(s.said, "\n")
	if room := s.height - len(below) - 2; s.height > 0 && len(lines) > room {
		lines = lines[:max(0, room)]
	}
	for i, line := range lines {
		if runes := []rune(line); s.width > 0 && len(runes) > s.width {
			lines[i] = string(runes[:s.width-1]) + "…"
		}
	}
	v := tea.NewView(strings.Join(lines, "\n") + "\n\n" + s.said + "\n> " + s.typed)
	v.AltScreen = true
	return v
}
