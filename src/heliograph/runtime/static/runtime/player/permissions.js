/** What a course may do in a frame: what it may in a window of its own, where the person is asked as ever. */
export const ALLOWED = [
  "accelerometer", "autoplay", "camera", "clipboard-read", "clipboard-write", "display-capture", "encrypted-media", "fullscreen", "gamepad", "geolocation",
  "gyroscope", "magnetometer", "microphone", "midi", "picture-in-picture", "screen-wake-lock", "web-share", "xr-spatial-tracking",
].join("; ");
