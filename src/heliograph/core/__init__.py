"""What every part stands on: ids, clock, errors, storage, XML, outbound HTTP, the embedded database."""
