package speech

import (
	"encoding/binary"
	"errors"
	"math"
)

var errWAV = errors.New("speech: this is no WAV file of 16-bit samples")

// format is what the chunk "fmt " of a WAV file says.
type format struct {
	channels, rate int
}

// decode reads a WAV file of 16-bit samples into what telephones carry.
func decode(wav []byte) ([]int16, error) {
	f, data, err := chunks(wav)
	if err != nil {
		return nil, err
	}
	mono := make([]float64, len(data)/(2*f.channels))
	for i := range mono {
		for c := range f.channels {
			mono[i] += float64(int16(binary.LittleEndian.Uint16(data[2*(i*f.channels+c):]))) / float64(f.channels)
		}
	}
	if len(mono) == 0 {
		return nil, errors.New("speech: the sound is empty")
	}
	return resample(mono, f.rate), nil
}

// chunks finds format and samples in a RIFF file. A size beyond the end stands
// for the rest: programs that write to a pipe cannot know it.
func chunks(wav []byte) (f format, data []byte, err error) {
	if len(wav) < 12 || string(wav[:4]) != "RIFF" || string(wav[8:12]) != "WAVE" {
		return f, nil, errWAV
	}
	for rest := wav[12:]; len(rest) >= 8; {
		name, size := string(rest[:4]), int64(binary.LittleEndian.Uint32(rest[4:8]))
		rest = rest[8:]
		size = min(size, int64(len(rest)))
		body := rest[:size]
		switch name {
		case "fmt ":
			const pcm, extensible = 1, 0xfffe
			if len(body) < 16 {
				return f, nil, errWAV
			}
			kind := binary.LittleEndian.Uint16(body)
			f = format{int(binary.LittleEndian.Uint16(body[2:])), int(binary.LittleEndian.Uint32(body[4:]))}
			bits := binary.LittleEndian.Uint16(body[14:])
			if kind != pcm && kind != extensible || bits != 16 || f.channels < 1 || f.channels > 8 || f.rate < 4000 || f.rate > 192000 {
				return f, nil, errWAV
			}
		case "data":
			if f.rate == 0 {
				return f, nil, errWAV
			}
			return f, body, nil
		}
		rest = rest[min(size+size%2, int64(len(rest))):]
	}
	return f, nil, errWAV
}

// lobes is how many lobes of the filter are on either side of a sample.
const lobes = 12

// resample brings sound to the telephone's rate, by a windowed sinc that keeps
// out what would fold back.
func resample(in []float64, rate int) []int16 {
	step := float64(rate) / Rate
	cut := 0.94 * min(1, 1/step) // of half the input's rate
	reach := lobes / cut
	out := make([]int16, int(float64(len(in))/step))
	for i := range out {
		at := float64(i) * step
		sum, weights := 0.0, 0.0
		for j := max(0, int(math.Ceil(at-reach))); j < len(in) && float64(j) <= at+reach; j++ {
			x := float64(j) - at
			w := sinc(x*cut) * (0.5 + 0.5*math.Cos(math.Pi*x/reach))
			sum += w * in[j]
			weights += w
		}
		if weights != 0 {
			sum /= weights
		}
		out[i] = int16(max(-32768, min(32767, math.Round(sum))))
	}
	return out
}

func sinc(x float64) float64 {
	if x == 0 {
		return 1
	}
	return math.Sin(math.Pi*x) / (math.Pi * x)
}
