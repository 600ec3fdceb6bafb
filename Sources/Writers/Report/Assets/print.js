// Still pictures for paper: the three planes the page opens with, outlines on.

const printSize = 720;

function fillPrint() {
  const { index, style, mode, opacity, window: shown } = view;
  Object.assign(view, { index: data.opening.slice(), style: 'outline', opacity: 1, mode: stacks.reference ? 'both' : 'model' });
  view.window = data.windows[0];
  const images = document.querySelectorAll('#print img');
  const captions = document.querySelectorAll('#print figcaption');
  panes.forEach((pane, n) => {
    pane.paint(greyTable());
    pane.paintOverlay();
    const canvas = document.createElement('canvas');
    const [width, height] = [pane.columns * pane.pixelSize[0], pane.rows * pane.pixelSize[1]];
    canvas.width = Math.round((printSize * width) / Math.max(width, height));
    canvas.height = Math.round((printSize * height) / Math.max(width, height));
    pane.draw(canvas, pane.placement(canvas, 1, [0, 0]), printSize / 400);
    images[n].src = canvas.toDataURL('image/png');
    captions[n].textContent = sliceText(pane.plane) + (stacks.reference ? '; solid: model, dashed: supplied mask' : '');
  });
  Object.assign(view, { index, style, mode, opacity, window: shown });
  refresh('all');
}

function startPrint() {
  window.addEventListener('beforeprint', fillPrint);
}
