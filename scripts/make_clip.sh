#!/usr/bin/env bash
# Makes the demo's video: a minute with a clock in it, so that one always sees where one is.
# A sun crosses the sky, which has another colour every ten seconds; a bell tells when.
set -euo pipefail
cd "$(dirname "$0")/.."

CLIP=src/playhead/dashboard/media/clip.webm
LIMIT=400000
FONT=/usr/share/fonts/truetype/dejavu/DejaVuSansMono-Bold.ttf
LABEL_FONT=/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf
if ! command -v ffmpeg >/dev/null || [ ! -f "$FONT" ] || [ ! -f "$LABEL_FONT" ]; then
  echo "The clip needs ffmpeg and DejaVu: apt-get install ffmpeg fonts-dejavu-core" >&2
  exit 1
fi

# The top and the bottom of the sky in each part.
SKIES=(
  "0x31456f 0xe7a99a"
  "0x3f78a8 0xf3d3a2"
  "0x2f8592 0xcfe6cf"
  "0x3d7a5c 0xe9e0a6"
  "0x8c5f86 0xf2b98c"
  "0x27305c 0x9a7fa8"
)
PART=10
FADE=0.8
LENGTH=$((PART * ${#SKIES[@]}))
FPS=25
SIZE=640x360

inputs=() graph="" last=0:v
for i in "${!SKIES[@]}"; do
  read -r top bottom <<<"${SKIES[$i]}"
  # A speed of zero is not possible; this one turns the colours by less than can be seen.
  inputs+=(-f lavfi -i "gradients=s=$SIZE:r=$FPS:d=$((PART + 1)):n=2:c0=$top:c1=$bottom:x0=0:y0=0:x1=0:y1=359:speed=0.00001")
  if [ "$i" -gt 0 ]; then
    graph+="[$last][$i:v]xfade=duration=$FADE:offset=$((PART * i))[sky$i];"
    last="sky$i"
  fi
done

# Pictures that are made once and then only moved: alpha gives them soft edges.
round() { # round RED GREEN BLUE RADIUS
  echo "geq=r=$1:g=$2:b=$3:a='255*clip($4-hypot(X-$4,Y-$4),0,1)'"
}
hills() { # hills OPACITY CURVE
  echo "geq=r=12:g=22:b=38:a='$1*clip(Y-($2),0,1)'"
}
once() { # once SIZE FILTER
  echo "color=black:s=$1:r=$FPS:d=0.04,format=rgba,$2,loop=-1:1:0,trim=duration=$LENGTH"
}
graph+="$(once 72x72 "$(round 255 244 214 36)")[sun];"
graph+="$(once 640x360 "$(hills 70 '268+22*sin(X/83+1)+9*sin(X/31)')")[far];"
graph+="$(once 640x360 "$(hills 120 '306+20*sin(X/117+4)+7*sin(X/43+2)')")[near];"
graph+="color=white@0.92:s=360x6:r=$FPS:d=$LENGTH,format=rgba[bar];"
graph+="color=black@0.28:s=360x6:r=$FPS:d=$LENGTH,format=rgba[groove];"
graph+="$(once 14x14 "$(round 255 255 255 7)")[knob];"

# Quotes and backslashes are for ffmpeg: the text is an expression inside a filter inside a graph.
clock="%{eif\:trunc((t+.001)/60)\:d\:2}\:%{eif\:mod(trunc(t+.001)\,60)\:d\:2}.%{eif\:mod(round(t*1000)\,1000)\:d\:3}"
part="Part %{eif\:1+trunc((t+.001)/$PART)\:d} of ${#SKIES[@]}"
graph+="[$last]trim=duration=$LENGTH,format=rgba[sky];"
graph+="[sky][sun]overlay=x='30+508*t/$LENGTH':y='240-220*pow(sin(PI*min(t,$LENGTH)/$LENGTH),0.42)'[with_sun];"
graph+="[with_sun][far]overlay[with_far];[with_far][near]overlay[land];"
graph+="[land][groove]overlay=x=140:y=212[with_groove];"
# The bar grows out of the left: a strip as long as the groove, cut by what is past.
graph+="[bar]crop=w=360:h=6,geq=r=255:g=255:b=255:a='235*clip(360*T/$LENGTH-X,0,1)'[grown];"
graph+="[with_groove][grown]overlay=x=140:y=212[with_bar];"
graph+="[with_bar][knob]overlay=x='133+360*t/$LENGTH':y=208[with_knob];"
graph+="[with_knob]drawtext=fontfile=$LABEL_FONT:fontsize=17:fontcolor=white@0.9:x=(w-tw)/2:y=112:text='$part',"
graph+="drawtext=fontfile=$FONT:fontsize=54:fontcolor=white:shadowcolor=black@0.25:shadowx=0:shadowy=2:x=(w-tw)/2:y=144:text='$clock',"
graph+="format=yuv420p[picture];"

# A tick every second, quiet; a bell at the start of every part, each one note higher.
notes="(st(0,trunc(t/$PART));if(eq(ld(0),0),392,if(eq(ld(0),1),440,if(eq(ld(0),2),493.88,if(eq(ld(0),3),587.33,if(eq(ld(0),4),659.25,783.99))))))"
bell="exp(-1.6*mod(t,$PART))*(0.16*sin(2*PI*$notes*t)+0.05*sin(4*PI*$notes*t))*min(1,mod(t,$PART)*80)"
tick="0.07*exp(-60*mod(t,1))*sin(2*PI*1320*t)*min(1,mod(t,1)*400)"
# Opus puts 312 samples in front and fills up its last packet: without room for both, the pictures
# would begin late and the clip would be longer than they are.
graph+="aevalsrc='$bell+$tick':s=48000:d=$LENGTH,atrim=end=$((LENGTH - 1)).96,asetpts=PTS+312[sound]"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
encode() { # encode PASS OUTPUT...
  ffmpeg -nostdin -hide_banner -loglevel error -y "${inputs[@]}" -filter_complex "$graph" \
    -map '[picture]' -map '[sound]' -t "$LENGTH" -r "$FPS" \
    -c:v libvpx-vp9 -b:v 0 -crf 46 -g $((2 * FPS)) -keyint_min $((2 * FPS)) -row-mt 1 \
    -deadline good -cpu-used 1 -pass "$1" -passlogfile "$work/pass" \
    -c:a libopus -b:a 9k -ac 1 \
    -map_metadata -1 -fflags +bitexact -flags:v +bitexact -flags:a +bitexact "${@:2}"
}
echo "==> Two passes, about a minute"
encode 1 -f null /dev/null
# The index goes to the front, where a browser looks for it before it has the rest.
encode 2 -cues_to_front 1 -f webm "$work/clip.webm"

size=$(stat -c %s "$work/clip.webm")
if [ "$size" -gt "$LIMIT" ]; then
  echo "The clip has $size bytes, more than $LIMIT" >&2
  exit 1
fi
mkdir -p "$(dirname "$CLIP")"
mv "$work/clip.webm" "$CLIP"
chmod 644 "$CLIP"
echo "$CLIP: $size bytes"
