// The page's data: what Swift wrote as JSON, and slices unpacked from base64 and gzip.

const data = JSON.parse(document.getElementById('report-data').textContent);

// Takes the text of a packed chunk out of the page, so that its memory is freed. Null where every code is 0.
function takeText(id) {
  const element = document.getElementById(id);
  if (!element) return null;
  const text = element.textContent;
  element.remove();
  return text;
}

async function unpack(text) {
  const characters = atob(text);
  const packed = new Uint8Array(characters.length);
  for (let n = 0; n < packed.length; n++) packed[n] = characters.charCodeAt(n);
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream('gzip'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

// One or two bytes a code, low bytes first and then high bytes.
function joinBytes(raw, start, count, bytes) {
  if (bytes === 1) return raw.slice(start, start + count);
  const codes = new Uint16Array(count);
  for (let n = 0; n < count; n++) codes[n] = raw[start + n] | (raw[start + count + n] << 8);
  return codes;
}

// Undoes ResidualCoding.labels: each code was exclusive-or the one above.
function undoLabels(codes, width) {
  for (let n = width; n < codes.length; n++) codes[n] ^= codes[n - width];
}

// Undoes ResidualCoding.image: the median edge detector of LOCO-I. Codes of one byte wrap, those of two are folded.
function undoImage(codes, width) {
  const folded = codes.BYTES_PER_ELEMENT === 2;
  const residual = (n) => (folded ? (codes[n] >> 1) ^ -(codes[n] & 1) : codes[n]);
  for (let x = 0; x < width; x++) codes[x] = (x ? codes[x - 1] : 0) + residual(x);
  for (let start = width; start < codes.length; start += width) {
    let corner = codes[start - width];
    codes[start] = corner + residual(start);
    let left = codes[start];
    for (let n = start + 1; n < start + width; n++) {
      const above = codes[n - width];
      let guess;
      if (left < above) guess = corner >= above ? left : corner <= left ? above : left + above - corner;
      else guess = corner >= left ? above : corner <= above ? left : left + above - corner;
      codes[n] = guess + residual(n);
      left = codes[n];
      corner = above;
    }
  }
}

// The value of every code, in the image's unit.
function valuesOfCodes(runs) {
  const values = [];
  for (const run of runs) for (let n = 0; n < run.count; n++) values.push(run.start + n * run.step);
  return Float64Array.from(values);
}
