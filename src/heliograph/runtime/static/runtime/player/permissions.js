/**
 * What a course may do in a frame: what it may in a window of its own, where the person is asked as ever. The server reads these names from here, for the
 * page on which a course is tried.
 */
export const ALLOWED = [
  "accelerometer", "ambient-light-sensor", "autoplay", "bluetooth", "camera", "clipboard-read", "clipboard-write", "compute-pressure", "display-capture",
  "encrypted-media", "fullscreen", "gamepad", "geolocation", "gyroscope", "hid", "identity-credentials-get", "idle-detection", "keyboard-map", "local-fonts",
  "local-network-access", "magnetometer", "microphone", "midi", "otp-credentials", "payment", "picture-in-picture", "publickey-credentials-create",
  "publickey-credentials-get", "screen-wake-lock", "serial", "speaker-selection", "storage-access", "usb", "web-share", "window-management",
  "xr-spatial-tracking",
].join("; ");
